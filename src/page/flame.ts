/** A flame graph: each bar a function, as wide as the time that was spent below it. */
import type { StacksData, TraceData } from '../output/html/page-data.js';
import { colorOf, colors } from './colors.js';
import { button, element, paragraph, svg } from './dom.js';
import { fitting } from './timeline.js';
import { duration, plural } from './words.js';

interface Node {
  readonly word: number;
  readonly parent: Node | undefined;
  readonly children: Map<number, Node>;
  total: number;
  calls: number;
}

const ROW = 18;
const MOST_DEPTH = 80;
const SMALLEST = 1;

export function flamePage({ stacks }: TraceData): HTMLElement {
  const what =
    stacks.kind === 'frames'
      ? 'Stacks of -w: each bar is as wide as the time of the traced calls below it.'
      : 'Traced calls that enclose each other; with -w N the whole stacks are here.';
  if (stacks.stacks.length === 0) return paragraph('No call has ended.');
  const graph = new Flame(stacks);
  const rest =
    stacks.leftOut === 0
      ? []
      : [
          paragraph(
            `${plural(stacks.leftOut, 'more stack')} with less time are left out.`,
            'warning',
          ),
        ];
  return element('div', {}, paragraph(what), ...rest, graph.controls, graph.box, graph.details);
}

class Flame {
  readonly box: HTMLElement;
  readonly controls: HTMLElement;
  readonly details = element('p', { class: 'details', role: 'status' }, 'No function is chosen.');
  private readonly root: Node;
  private top: Node;
  private chosen: Node;

  constructor(private readonly data: StacksData) {
    this.root = treeOf(data);
    this.top = this.root;
    this.chosen = this.root;
    const label =
      'Flame graph. Down and up choose the callee and the caller, left and right their neighbours; Enter shows the chosen one alone, Escape all.';
    this.box = element('div', {
      class: 'canvas',
      role: 'application',
      tabindex: 0,
      'aria-label': label,
    });
    this.controls = element(
      'div',
      { class: 'controls', role: 'group', 'aria-label': 'Flame graph' },
      button('Show the chosen one alone', () => this.show(this.chosen)),
      button('One up', () => this.show(this.top.parent ?? this.root)),
      button('All', () => this.show(this.root)),
    );
    this.box.addEventListener('keydown', (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.box);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  private key(event: KeyboardEvent): void {
    const actions: Readonly<Record<string, () => void>> = {
      ArrowDown: () => this.choose(widest(this.chosen)),
      ArrowUp: () => this.choose(this.chosen.parent),
      ArrowLeft: () => this.choose(neighbour(this.chosen, -1)),
      ArrowRight: () => this.choose(neighbour(this.chosen, 1)),
      Enter: () => this.show(this.chosen),
      Escape: () => this.show(this.root),
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }

  private choose(node: Node | undefined): void {
    if (node === undefined) return;
    this.chosen = node;
    const share = ((node.total / Math.max(1, this.root.total)) * 100).toFixed(1);
    this.details.textContent = `${this.nameOf(node)}: ${duration(node.total)}, ${share} % of all, ${plural(node.calls, 'call')}`;
    this.draw();
  }

  private show(node: Node): void {
    this.top = node;
    this.choose(node);
  }

  private nameOf({ word }: Node): string {
    return word < 0 ? 'all' : (this.data.words[word] ?? '');
  }

  private draw(): void {
    const width = this.box.clientWidth;
    if (width === 0) return;
    const bars: SVGElement[] = [];
    const painted = colors();
    let deepest = 0;
    const place = (node: Node, x: number, depth: number, scale: number): void => {
      const wide = node.total * scale;
      if (wide < SMALLEST || depth >= MOST_DEPTH) return;
      deepest = Math.max(deepest, depth);
      const bar = svg('g', {}, svg('title', {}, `${this.nameOf(node)}: ${duration(node.total)}`));
      const edge = node === this.chosen ? { stroke: painted.text, 'stroke-width': 2 } : {};
      bar.append(
        svg('rect', {
          x,
          y: depth * ROW,
          width: Math.max(SMALLEST, wide - 1),
          height: ROW - 1,
          fill: colorOf(node.word + 1, painted),
          ...edge,
        }),
      );
      const text = fitting(this.nameOf(node), wide - 6);
      if (text !== '')
        bar.append(svg('text', { x: x + 3, y: depth * ROW + 13, fill: painted.onBar }, text));
      bar.addEventListener('click', () => this.choose(node));
      bar.addEventListener('dblclick', () => this.show(node));
      bars.push(bar);
      let left = x;
      for (const child of node.children.values()) {
        place(child, left, depth + 1, scale);
        left += child.total * scale;
      }
    };
    place(this.top, 0, 0, width / Math.max(1, this.top.total));
    this.box.replaceChildren(
      svg('svg', { width, height: (deepest + 1) * ROW, 'aria-hidden': 'true' }, ...bars),
    );
  }
}

function treeOf({ stacks }: StacksData): Node {
  const root: Node = { word: -1, parent: undefined, children: new Map(), total: 0, calls: 0 };
  for (const [frames, calls, self] of stacks) {
    let node = root;
    node.total += self;
    node.calls += calls;
    for (const word of frames) {
      let child = node.children.get(word);
      if (child === undefined) {
        child = { word, parent: node, children: new Map(), total: 0, calls: 0 };
        node.children.set(word, child);
      }
      child.total += self;
      child.calls += calls;
      node = child;
    }
  }
  return root;
}

function widest({ children }: Node): Node | undefined {
  return [...children.values()].sort((left, right) => right.total - left.total)[0];
}

function neighbour(node: Node, by: 1 | -1): Node | undefined {
  const all = [...(node.parent?.children.values() ?? [])];
  return all[all.indexOf(node) + by];
}
