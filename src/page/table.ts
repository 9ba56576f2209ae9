/** Tables whose columns sort, and that show the first rows until more are asked for. */
import { button, element, scrolling } from './dom.js';
import { plural } from './words.js';

export interface Column<Row> {
  readonly title: string;
  readonly kind: 'text' | 'number';
  /** What it sorts by; absent: it does not. */
  readonly by?: (row: Row) => number | string;
  readonly show: (row: Row) => Node | string;
}

export interface TableOptions<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** Place of the column that it is sorted by first; -1: the rows stay as they are. */
  readonly sortedBy: number;
}

const AT_ONCE = 100;

export class Table<Row> {
  readonly node: HTMLElement;
  private readonly body = element('tbody');
  private readonly headings: readonly HTMLTableCellElement[];
  private readonly more: HTMLElement;
  private rows: readonly Row[] = [];
  private shown = AT_ONCE;
  private sortedBy: number;
  private direction: 1 | -1 = -1;

  constructor(private readonly options: TableOptions<Row>) {
    this.sortedBy = options.sortedBy;
    this.headings = options.columns.map((column, index) => this.heading(column, index));
    this.more = element('div', { class: 'more' });
    const head = element('thead', {}, element('tr', {}, ...this.headings));
    const caption = element('caption', {}, options.label);
    this.node = element(
      'div',
      {},
      scrolling(options.label, element('table', {}, caption, head, this.body)),
      this.more,
    );
  }

  fill(rows: readonly Row[]): void {
    this.rows = rows;
    this.shown = AT_ONCE;
    this.draw();
  }

  private heading({ title, kind, by }: Column<Row>, index: number): HTMLTableCellElement {
    const cell = element('th', { scope: 'col', class: kind });
    cell.append(by === undefined ? title : button(title, () => this.sortBy(index)));
    return cell;
  }

  private sortBy(index: number): void {
    const isAgain = this.sortedBy === index;
    const first = this.options.columns[index]?.kind === 'number' ? -1 : 1;
    this.direction = isAgain ? (this.direction === 1 ? -1 : 1) : first;
    this.sortedBy = index;
    this.draw();
  }

  private draw(): void {
    const { columns } = this.options;
    for (const [index, cell] of this.headings.entries()) {
      if (columns[index]?.by === undefined) continue;
      const order = this.direction === 1 ? 'ascending' : 'descending';
      cell.setAttribute('aria-sort', index === this.sortedBy ? order : 'none');
    }
    const rows = this.sorted().slice(0, this.shown);
    this.body.replaceChildren(...rows.map((row) => this.row(row)));
    const rest = this.rows.length - rows.length;
    this.more.replaceChildren();
    if (rest > 0) {
      const text = `Show ${Math.min(rest, AT_ONCE)} of ${plural(rest, 'more row')}`;
      this.more.append(button(text, () => this.showMore()));
    }
  }

  private showMore(): void {
    this.shown += AT_ONCE;
    this.draw();
  }

  private sorted(): readonly Row[] {
    const by = this.options.columns[this.sortedBy]?.by;
    if (by === undefined) return this.rows;
    const { direction } = this;
    return [...this.rows].sort((left, right) => {
      const [one, other] = [by(left), by(right)];
      return one === other ? 0 : one < other ? -direction : direction;
    });
  }

  private row(row: Row): HTMLElement {
    const cells = this.options.columns.map(({ kind, show }) =>
      element('td', { class: kind }, show(row)),
    );
    return element('tr', {}, ...cells);
  }
}
