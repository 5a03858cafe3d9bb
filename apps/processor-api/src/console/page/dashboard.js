import { ApiFault } from './api-fault.js';
import { showBreakdown } from './breakdown.js';
import { element, part } from './element.js';
import { FaultNotice } from './fault-notice.js';
import { faultText } from './fault-text.js';
import { timeOfDay } from './format.js';
import { HealthTiles } from './health-tiles.js';
import { HOUR_MS } from './hourly-groups.js';
import { Poller } from './poller.js';
import { RecordDialog } from './record-dialog.js';
import { RecordList } from './record-list.js';
import { recordPath } from './record-path.js';
import { SimilarRecords } from './similar-records.js';
import { TrafficCharts } from './traffic-charts.js';

/** @typedef {import('../status-body').StatusBody} StatusBody */
/** @typedef {import('./wire.d.ts').MetadataPage} MetadataPage */

const STATUS_INTERVAL_MS = 3_000;
const RECORDS_INTERVAL_MS = 5_000;
const HOURS_INTERVAL_MS = 60_000;
const RECORDS_SHOWN = 12;
const HOURS_SHOWN = 24;
const NO_READS = 'This API only writes: READ_MONGODB_URI is not set, so there are no records to show.';

/** Everything that is seen once the API answers, kept fresh. */
export class Dashboard {
  #api;
  #onUnauthorized;
  #place = part('dashboard', HTMLDivElement);
  #faults = new FaultNotice();
  #tiles = new HealthTiles();
  /** @type {TrafficCharts | undefined} */
  #charts;
  #dialog;
  #newest;
  #similar;
  #pollers;

  /**
   * @param {import('./api-client.js').ApiClient} api
   * @param {() => void} onUnauthorized
   */
  constructor(api, onUnauthorized) {
    this.#api = api;
    this.#onUnauthorized = onUnauthorized;
    const actions = {
      showDetails: /** @param {string} eventId */ (eventId) => {
        this.showRecord(eventId);
      },
      findSimilar: /** @param {import('./wire.d.ts').MetadataItem} example */ (example) => {
        void this.#similar.find(example);
      },
    };
    this.#dialog = new RecordDialog(actions.findSimilar);
    this.#newest = new RecordList(part('newest', HTMLDivElement), actions);
    this.#similar = new SimilarRecords(api, actions);
    const records = this.#poller('records', RECORDS_INTERVAL_MS, () => this.#refreshRecords());
    const hours = this.#poller('hours', HOURS_INTERVAL_MS, () => this.#refreshHours());
    const status = this.#poller('status', STATUS_INTERVAL_MS, async () => {
      if (await this.#refreshStatus()) return;
      records.start();
      hours.start();
    });
    this.#pollers = { status, records, hours };
  }

  /** Shows itself with the first answer. */
  start() {
    this.#pollers.status.start();
  }

  /** Goes on after `pause`. */
  resume() {
    for (const poller of Object.values(this.#pollers)) poller.start();
  }

  pause() {
    for (const poller of Object.values(this.#pollers)) poller.stop();
  }

  refresh() {
    for (const poller of Object.values(this.#pollers)) poller.now();
  }

  /** Stops, and takes everything that was read off the page. */
  close() {
    this.pause();
    this.#place.hidden = true;
    this.#faults.clearAll();
    this.#dialog.close();
    this.#similar.hide();
    this.#newest.tell('');
    part('breakdown', HTMLDivElement).replaceChildren();
    part('freshness', HTMLParagraphElement).textContent = '';
  }

  /** @param {string} eventId */
  showRecord(eventId) {
    void this.#dialog.open(this.#api.get(recordPath(eventId)));
  }

  /** @returns {Promise<boolean>} whether there was an answer before */
  async #refreshStatus() {
    /** @type {StatusBody} */
    const status = await this.#api.get('/v1/status');
    const wasOpen = !this.#place.hidden;
    this.#place.hidden = false;
    this.#tiles.show(status);
    this.#charts ??= new TrafficCharts();
    this.#charts.show(status.window.points);
    part('freshness', HTMLParagraphElement).textContent = `As of ${timeOfDay(Date.now())}`;
    return wasOpen;
  }

  /** Asks for vectors, which weigh most, only where a record is new. */
  async #refreshRecords() {
    const list = `/v1/metadata?limit=${RECORDS_SHOWN}`;
    await this.#read('newest', async () => {
      /** @type {MetadataPage} */
      const page = await this.#api.get(list);
      const shown = this.#newest.eventIds;
      const isSame = page.items.every(({ eventId }, at) => shown[at] === eventId);
      if (isSame && page.items.length > 0) return;
      /** @type {MetadataPage} */
      const { items } =
        page.items.length === 0 ? page : await this.#api.get(`${list}&include=embedding&as=packed`);
      this.#newest.show(items, 'No record came in yet. POST /v1/metadata takes them; /docs shows how.');
    });
  }

  async #refreshHours() {
    const toMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS + HOUR_MS;
    const fromMs = toMs - HOURS_SHOWN * HOUR_MS;
    const query = new URLSearchParams({
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
    });
    await this.#read('breakdown', async () => {
      /** @type {{ items: import('./wire.d.ts').HourlyItem[] }} */
      const { items } = await this.#api.get(`/v1/metadata/stats?${query}`);
      showBreakdown(items, { fromMs, hours: HOURS_SHOWN });
    });
  }

  /**
   * @param {string} id of the part that shows what is read
   * @param {() => Promise<void>} read
   */
  async #read(id, read) {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof ApiFault) || error.kind !== 'not-configured') throw error;
      if (id === 'newest') this.#newest.tell(NO_READS);
      else part(id, HTMLDivElement).replaceChildren(element('p', {}, [NO_READS]));
    }
  }

  /**
   * @param {string} what
   * @param {number} intervalMs
   * @param {() => Promise<void>} refresh
   * @returns {Poller}
   */
  #poller(what, intervalMs, refresh) {
    const task = async () => {
      await refresh();
      this.#faults.clear(what);
    };
    /** @param {Error} fault */
    const onFault = (fault) => {
      if (fault instanceof ApiFault && fault.kind === 'unauthorized') this.#onUnauthorized();
      else this.#faults.set(what, faultText(fault, navigator.onLine));
    };
    return new Poller({ task, onFault, intervalMs }, document);
  }
}
