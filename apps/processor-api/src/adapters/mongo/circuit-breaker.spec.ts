import { CircuitBreaker } from './circuit-breaker';

describe(CircuitBreaker.name, () => {
  let now: number;
  let circuit: CircuitBreaker;
  const fail = (times: number): void => {
    for (let i = 0; i < times; i++) {
      expect(circuit.admits()).toBe(true);
      circuit.failed();
    }
  };

  beforeEach(() => {
    now = 1_000;
    circuit = new CircuitBreaker({ maxFailures: 3, pauseMs: 500 }, () => now);
  });

  it('lets everything through until so many failed in a row', () => {
    fail(2);
    circuit.succeeded();
    fail(2);
    expect(circuit.admits()).toBe(true);
    expect(circuit.isOpen).toBe(false);
    circuit.failed();
    expect(circuit.isOpen).toBe(true);
    expect(circuit.admits()).toBe(false);
  });

  it('lets one try through after the pause, and no other meanwhile', () => {
    fail(3);
    now += 499;
    expect(circuit.admits()).toBe(false);
    now += 1;
    expect([circuit.admits(), circuit.admits(), circuit.admits()]).toEqual([true, false, false]);
  });

  it('closes when the try succeeds', () => {
    fail(3);
    now += 500;
    circuit.admits();
    circuit.succeeded();
    expect([circuit.admits(), circuit.admits()]).toEqual([true, true]);
  });

  it('pauses again when the try fails', () => {
    fail(3);
    now += 500;
    fail(1);
    now += 499;
    expect(circuit.admits()).toBe(false);
    now += 1;
    expect(circuit.admits()).toBe(true);
  });
});
