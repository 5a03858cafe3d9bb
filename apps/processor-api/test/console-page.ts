import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BrowserContext, Locator, Page } from 'playwright-core';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const PICTURES = resolve(__dirname, '../../../.cache/console-test');
const DEADLINE_MS = 20_000;

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** The console in a browser, with everything that the browser found wrong with it. */
export class ConsolePage {
  readonly complaints: readonly string[];

  private constructor(
    readonly page: Page,
    private readonly address: string,
  ) {
    page.setDefaultTimeout(DEADLINE_MS);
    this.complaints = complaintsOf(page);
  }

  static async open(context: BrowserContext, apiUrl: string): Promise<ConsolePage> {
    const opened = new ConsolePage(await context.newPage(), `${apiUrl}/console`);
    await opened.visit();
    return opened;
  }

  async visit(): Promise<void> {
    await this.page.goto(this.address);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  get dialog(): Locator {
    return this.page.getByRole('dialog');
  }

  get newestRows(): Locator {
    return this.page.locator('#newest li');
  }

  get similarRows(): Locator {
    return this.page.locator('#similar li');
  }

  get keyField(): Locator {
    return this.page.getByLabel('A key with the scope read');
  }

  /** Types it where the page asks for one. */
  async enterKey(key: string): Promise<void> {
    await this.keyField.fill(key);
    await this.press('Enter');
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** Waits until the part with this id says `text`. */
  async says(id: string, text: string): Promise<void> {
    await this.page.locator(`#${id}`).filter({ hasText: text, visible: true }).waitFor();
  }

  /** The id of the element that has the keyboard, or the text of one without an id. */
  focused(): Promise<string> {
    return this.page.evaluate<string>('document.activeElement.id || document.activeElement.textContent');
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** How many pixels the page, and the dialog in it, are wider than what is seen of them. */
  pixelsTooWide(): Promise<number> {
    return this.page.evaluate<number>(
      `Math.max(...[document.documentElement, ...document.querySelectorAll('dialog')]
        .map((part) => part.scrollWidth - part.clientWidth))`,
    );
  }

  /** What axe-core finds in the parts that `selector` names, as rule and markup. */
  async barriers(selector = 'html'): Promise<string[]> {
    await this.page.evaluate(AXE);
    const run = `axe.run('${selector}', ${JSON.stringify({ runOnly: AXE_TAGS, resultTypes: ['violations'] })})`;
    const { violations } = await this.page.evaluate<AxeResult>(run);
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }

  /** Kept under .cache/console-test, to be looked at after a run. */
  async picture(name: string): Promise<Buffer> {
    mkdirSync(PICTURES, { recursive: true });
    return this.page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  }
}

/** What the browser will have to complain about: errors of scripts, of loading, of the content security policy. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  return complaints;
}
