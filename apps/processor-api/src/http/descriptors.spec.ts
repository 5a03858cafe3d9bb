import type { Logger } from '@libs/platform';
import { affordableConnections, DescriptorWatch } from './descriptors';

describe('descriptors', () => {
  let logged: (readonly [level: string, fields: object])[];
  const logger = {
    warn: (fields: object) => logged.push(['warn', fields]),
    error: (fields: object) => logged.push(['error', fields]),
  } as unknown as Logger;

  beforeEach(() => {
    logged = [];
  });

  describe(affordableConnections.name, () => {
    it.each([Infinity, 20_000, 4_608])('takes all connections with %d descriptors', (descriptorLimit) => {
      expect(affordableConnections(4_096, logger, descriptorLimit)).toBe(4_096);
      expect(logged).toEqual([]);
    });

    it.each([
      [4_607, 4_095],
      [1_024, 512],
      [64, 1],
    ])('warns of %d descriptors, and takes %d connections', (descriptorLimit, affordable) => {
      expect(affordableConnections(4_096, logger, descriptorLimit)).toBe(affordable);
      expect(logged).toEqual([['warn', { descriptorLimit, maxConnections: 4_096, affordable }]]);
    });

    it('knows the limit of this process', () => {
      expect(affordableConnections(1e9, logger)).toBeGreaterThan(0);
      expect(logged).toHaveLength(process.platform === 'linux' ? 1 : 0);
    });
  });

  describe(DescriptorWatch.name, () => {
    const fault = Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    let isFull: boolean;
    let watch: DescriptorWatch;

    beforeEach(() => {
      jest.useFakeTimers();
      isFull = false;
      watch = new DescriptorWatch(logger, () => {
        if (isFull) throw fault;
      });
      watch.start();
    });
    afterEach(() => {
      watch.stop();
      jest.useRealTimers();
    });

    it('says nothing while descriptors are free', () => {
      jest.advanceTimersByTime(600_000);
      expect(logged).toEqual([]);
    });

    it('logs once a minute while none is', () => {
      isFull = true;
      jest.advanceTimersByTime(59_000);
      watch.report(fault);
      expect(logged).toEqual([['error', { err: fault }]]);
      jest.advanceTimersByTime(60_000);
      expect(logged).toHaveLength(2);
    });
  });
});
