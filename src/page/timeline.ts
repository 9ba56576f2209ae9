/** Threads as lanes, calls as nested bars, on a canvas that is moved by keyboard and mouse. */
import type { CallData, SampleData } from '../output/html/page-data.js';
import { sampleNote, searched } from './calls.js';
import { colorOf, colors, type Colors } from './colors.js';
import { button, element, paragraph } from './dom.js';
import { AXIS, GAP, lanesOf, MOST_DEPTH, MOST_THREADS, ROW, type Lane } from './lanes.js';
import { duration, plural, ticks } from './words.js';

export function timelinePage(sample: SampleData): HTMLElement {
  if (sample.calls.length === 0) return paragraph('No call was recorded.');
  const view = new Timeline(sample);
  const rest = sample.threads.length - MOST_THREADS;
  return element(
    'div',
    {},
    sampleNote(sample),
    ...(rest > 0
      ? [paragraph(`${plural(rest, 'more thread')} are not drawn; search their calls.`, 'warning')]
      : []),
    view.controls,
    view.box,
    view.details,
  );
}

class Timeline {
  readonly box: HTMLElement;
  readonly controls: HTMLElement;
  readonly details = element('p', { class: 'details', role: 'status' }, 'No call is chosen.');
  private readonly canvas = element('canvas', { 'aria-hidden': 'true' });
  private readonly lanes: readonly Lane[];
  private readonly height: number;
  private readonly end: number;
  private from = 0;
  private to: number;
  private chosen: CallData | undefined;

  constructor(private readonly sample: SampleData) {
    this.lanes = lanesOf(sample);
    const last = this.lanes.at(-1);
    this.height = last === undefined ? AXIS : last.top + last.levels * ROW + GAP;
    this.end = Math.max(1, ...this.lanes.flatMap(({ calls }) => ends(calls)));
    this.to = this.end;
    const label =
      'Timeline. Left and right choose the call before and after, up and down the thread; plus and minus zoom, zero shows all.';
    this.box = element(
      'div',
      { class: 'canvas', role: 'application', tabindex: 0, 'aria-label': label },
      this.canvas,
    );
    this.controls = element(
      'div',
      { class: 'controls', role: 'group', 'aria-label': 'Timeline' },
      button('Zoom in', () => this.zoom(0.5)),
      button('Zoom out', () => this.zoom(2)),
      button('Earlier', () => this.move(-0.4)),
      button('Later', () => this.move(0.4)),
      button('All', () => this.show(0, this.end)),
    );
    this.listen();
  }

  private listen(): void {
    this.box.addEventListener('keydown', (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.box);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
    this.canvas.addEventListener('click', (event) => this.choose(this.callAt(event)));
    this.canvas.addEventListener('mousemove', (event) => {
      const call = this.callAt(event);
      this.canvas.title = call === undefined ? '' : this.describe(call);
    });
    this.canvas.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.timeAt(event.offsetX));
      },
      { passive: false },
    );
  }

  private key(event: KeyboardEvent): void {
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      ArrowUp: () => this.otherLane(-1),
      ArrowDown: () => this.otherLane(1),
      '+': () => this.zoom(0.5),
      '=': () => this.zoom(0.5),
      '-': () => this.zoom(2),
      '0': () => this.show(0, this.end),
    };
    const action = actions[event.key];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  }

  private zoom(factor: number, around = this.middle): void {
    this.show(around - (around - this.from) * factor, around + (this.to - around) * factor);
  }

  private get middle(): number {
    const [, at, took] = this.chosen ?? [0, -1, 0];
    const center = at + Math.max(0, took) / 2;
    return at >= 0 && center >= this.from && center <= this.to ? center : (this.from + this.to) / 2;
  }

  private move(share: number): void {
    const by = (this.to - this.from) * share;
    this.show(this.from + by, this.to + by);
  }

  private show(from: number, to: number): void {
    const width = Math.min(this.end, Math.max(100, to - from));
    this.from = Math.min(Math.max(0, from), this.end - width);
    this.to = this.from + width;
    this.draw();
  }

  private step(by: 1 | -1): void {
    const lane = this.lanes.find(({ thread }) => thread === this.chosen?.[0]) ?? this.lanes[0];
    if (lane === undefined) return;
    const at = this.chosen === undefined ? -by : lane.calls.indexOf(this.chosen);
    this.choose(this.chosen === undefined ? lane.calls[0] : lane.calls[at + by]);
  }

  private otherLane(by: 1 | -1): void {
    const place = this.lanes.findIndex(({ thread }) => thread === this.chosen?.[0]);
    const lane = this.lanes[place + by];
    const at = this.chosen?.[1] ?? 0;
    this.choose(lane?.calls.find((call) => call[1] >= at) ?? lane?.calls.at(-1));
  }

  private choose(call: CallData | undefined): void {
    if (call === undefined) return;
    this.chosen = call;
    this.details.textContent = this.describe(call);
    const [, at, took] = call;
    if (at < this.from || at + Math.max(0, took) > this.to) {
      const half = Math.max((this.to - this.from) / 2, took);
      this.show(at - half, at + half);
    } else this.draw();
  }

  private describe(call: CallData): string {
    const { caller, name, text, tid } = searched(call, this.sample);
    return `${caller}->${name}${text}; took ${duration(call[2])}, at ${(call[1] / 1e9).toFixed(6)} s, thread ${tid}`;
  }

  private callAt({ offsetX, offsetY }: MouseEvent): CallData | undefined {
    const at = this.timeAt(offsetX);
    const slack = ((this.to - this.from) / Math.max(1, this.box.clientWidth)) * 2;
    const lane = this.lanes.find(
      ({ top, levels }) => offsetY >= top && offsetY < top + levels * ROW,
    );
    if (lane === undefined) return undefined;
    const level = Math.floor((offsetY - lane.top) / ROW);
    return lane.calls.findLast(
      ([, start, took, depth]) =>
        depth === level && at >= start - slack && at <= start + Math.max(0, took) + slack,
    );
  }

  private timeAt(x: number): number {
    return this.from + (x / Math.max(1, this.box.clientWidth)) * (this.to - this.from);
  }

  private draw(): void {
    const width = this.box.clientWidth;
    const context = this.canvas.getContext('2d');
    if (width === 0 || context === null) return;
    const ratio = window.devicePixelRatio;
    this.canvas.width = width * ratio;
    this.canvas.height = this.height * ratio;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${this.height}px`;
    context.scale(ratio, ratio);
    context.font = '11px system-ui, sans-serif';
    context.textBaseline = 'middle';
    const painted = colors();
    this.drawAxis(context, width, painted);
    for (const lane of this.lanes) this.drawLane(context, lane, width, painted);
  }

  private drawAxis(context: CanvasRenderingContext2D, width: number, painted: Colors): void {
    const scale = width / (this.to - this.from);
    for (const tick of ticks(this.from, this.to, width / 110)) {
      const x = (tick - this.from) * scale;
      context.fillStyle = painted.line;
      context.fillRect(x, AXIS - 6, 1, this.height);
      context.fillStyle = painted.quiet;
      context.fillText(tick === 0 ? '0' : duration(tick), x + 3, AXIS / 2);
    }
  }

  private drawLane(
    context: CanvasRenderingContext2D,
    lane: Lane,
    width: number,
    painted: Colors,
  ): void {
    const scale = width / (this.to - this.from);
    const { pid, tid, program } = this.sample.threads[lane.thread] ?? {
      pid: 0,
      tid: 0,
      program: '',
    };
    context.fillStyle = painted.text;
    const who = pid === tid ? `process ${pid} ${program}` : `thread ${tid} of ${pid}`;
    context.fillText(who, 4, lane.top - GAP / 2, width - 8);
    for (const call of lane.calls) this.drawCall(context, { call, lane, width, scale }, painted);
  }

  private drawCall(
    context: CanvasRenderingContext2D,
    bar: {
      readonly call: CallData;
      readonly lane: Lane;
      readonly width: number;
      readonly scale: number;
    },
    painted: Colors,
  ): void {
    const { call, lane, width, scale } = bar;
    const [, at, took, depth, name] = call;
    const x = (at - this.from) * scale;
    const isOpen = took < 0;
    const end = isOpen ? (lane.openEnds.get(call) ?? this.end) : at + took;
    const long = Math.max(1, (end - at) * scale);
    if (x + long < 0 || x > width || depth >= MOST_DEPTH) return;
    const y = lane.top + depth * ROW;
    context.fillStyle = colorOf(name, painted);
    context.globalAlpha = isOpen ? 0.45 : 1;
    context.fillRect(x, y, long, ROW - 2);
    context.globalAlpha = 1;
    if (call[6] === 1) {
      context.fillStyle = painted.bad;
      context.fillRect(x, y + ROW - 4, long, 2);
    }
    if (call === this.chosen) {
      context.strokeStyle = painted.text;
      context.lineWidth = 2;
      context.strokeRect(x, y, Math.max(3, long), ROW - 2);
    }
    context.fillStyle = isOpen ? painted.text : painted.onBar;
    this.drawName(context, name, { left: Math.max(0, x), right: Math.min(width, x + long), y });
  }

  private drawName(
    context: CanvasRenderingContext2D,
    name: number,
    { left, right, y }: { readonly left: number; readonly right: number; readonly y: number },
  ): void {
    const room = right - left;
    if (room <= 30) return;
    const text = fitting(this.sample.words[name] ?? '', room - 6);
    context.fillText(text, left + 3, y + ROW / 2 - 1);
  }
}

/** Letters of 11 pixels are about six wide. */
export function fitting(text: string, room: number): string {
  const most = Math.floor(room / 6.2);
  return text.length <= most ? text : most < 3 ? '' : `${text.slice(0, most - 1)}…`;
}

function ends(calls: readonly CallData[]): readonly number[] {
  let last = 0;
  for (const [, at, took] of calls) last = Math.max(last, at + Math.max(0, took));
  return [last];
}
