/** Elements. What is text stays text: nothing of the data is ever read as HTML. */

export type Attributes = Readonly<Record<string, string | number>>;
type Child = Node | string;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, `${value}`);
  made.append(...children);
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, `${value}`);
  made.append(...children);
  return made;
}

export function button(
  text: string,
  onClick: () => void,
  attributes: Attributes = {},
): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, text);
  made.addEventListener('click', onClick);
  return made;
}

/** What is wider than the page scrolls in itself, by keyboard too. */
export function scrolling(label: string, ...children: readonly Child[]): HTMLElement {
  return element(
    'div',
    { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': label },
    ...children,
  );
}

export function paragraph(text: string, kind = 'note'): HTMLElement {
  return element('p', { class: kind }, text);
}

/** Labels and what stands behind them; nothing for what is empty. */
export function facts(pairs: readonly (readonly [string, string])[]): HTMLElement {
  const shown = pairs.filter(([, text]) => text !== '');
  return element(
    'dl',
    {},
    ...shown.flatMap(([label, text]) => [element('dt', {}, label), element('dd', {}, text)]),
  );
}
