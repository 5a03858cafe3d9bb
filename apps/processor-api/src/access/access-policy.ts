import type { BlockList } from 'node:net';
import { type Clock, PipelineError } from '@libs/domain';
import { isLoopbackHost } from '@libs/platform';
import type { AskedRequest } from '../http/asked-request';
import { Caller } from './caller';
import { type ClientAddresses, isForwarded, isListed } from './client-address';
import { takeCredential } from './credential';
import type { FailedAttempts } from './failed-attempts';
import type { KeyQuotas } from './key-quotas';
import type { KeyRing } from './key-ring';
import { requiredScope } from './scope';

export interface AccessSettings {
  readonly authMode: 'required' | 'off';
  /** Who may ask at all; everybody where it is empty. */
  readonly allowedCidrs: BlockList;
  readonly metricsCidrs: BlockList;
}

/** What the policy asks before it decides. */
export interface AccessFacts {
  readonly addresses: ClientAddresses;
  readonly keys: { readonly keys: KeyRing };
  readonly clock: Clock;
  /** Undefined where limits are off. */
  readonly limits: { readonly quotas: KeyQuotas; readonly failures: FailedAttempts } | undefined;
}

const HEALTH_PATH = /^\/health(?:\/live|\/ready)?$/;
const OPEN_PATH = /^\/(?:docs(?:\/.*)?|openapi\.json|console(?:\/.*)?)$/;
const METRICS_PATH = '/metrics';

/**
 * Decides before a body is read who may ask for what, and tells the rest of the request who asks.
 * Without keys (`off`) only this machine may: an HTTP tunnel shows itself by its headers or its Host.
 */
export class AccessPolicy {
  private readonly allowsAllAddresses: boolean;

  constructor(
    private readonly settings: AccessSettings,
    private readonly facts: AccessFacts,
  ) {
    this.allowsAllAddresses = settings.allowedCidrs.rules.length === 0;
  }

  addressOf(request: AskedRequest): string {
    return this.facts.addresses.of(request);
  }

  /**
   * Sets `caller` of the request, whose `clientAddress` is known, and takes the key out of its headers.
   *
   * @throws PipelineError `address_not_allowed`, `too_many_failures`, `unauthorized`, `rate_limited` or
   * `insufficient_scope`, the first that applies
   */
  async admit(request: AskedRequest): Promise<void> {
    const path = request.url.split('?', 1)[0]!;
    const sent = takeCredential(request.raw);
    this.checkAddress(request, path);
    if (this.settings.authMode === 'off' || isOpen(path)) return;
    request.caller = await this.authenticate(sent, request.clientAddress);
    await this.checkKey(request, path);
  }

  private checkAddress(request: AskedRequest, path: string): void {
    if (this.settings.authMode === 'off' && !isDirectLoopback(request)) {
      throw notAllowed('without API keys only requests of this machine are served');
    }
    const { clientAddress } = request;
    if (path === METRICS_PATH) {
      const isServed =
        this.facts.addresses.isLocal(request, clientAddress) ||
        isListed(this.settings.metricsCidrs, clientAddress);
      if (!isServed) throw notAllowed('/metrics serves loopback and METRICS_CIDRS');
    } else if (!HEALTH_PATH.test(path) && !this.allowsAllAddresses) {
      // Probes come from the node, whose address no list of clients has.
      if (!isListed(this.settings.allowedCidrs, clientAddress)) {
        throw notAllowed('requests from this address are not served');
      }
    }
  }

  /** A right key is looked for first: whatever came from its address before, it is served. */
  private async authenticate(sent: string | undefined, address: string): Promise<Caller> {
    const { keys, clock, limits } = this.facts;
    const key = sent === undefined ? undefined : keys.keys.find(sent, clock.now());
    if (key) return Caller.holder(key, limits?.quotas);
    const limited = await limits?.failures.count(address);
    throw (
      limited ??
      new PipelineError('unauthorized', 'send a valid API key in X-API-Key or Authorization: Bearer')
    );
  }

  private async checkKey({ caller, method }: AskedRequest, path: string): Promise<void> {
    const limited = await caller.spend(1);
    if (limited) throw limited;
    const scope = requiredScope(method, path);
    if (!caller.may(scope))
      throw new PipelineError('insufficient_scope', `this needs a key with scope ${scope}`);
  }
}

function isOpen(path: string): boolean {
  return path === METRICS_PATH || HEALTH_PATH.test(path) || OPEN_PATH.test(path);
}

function notAllowed(message: string): PipelineError {
  return new PipelineError('address_not_allowed', message);
}

function isDirectLoopback(request: AskedRequest): boolean {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  return isLoopbackHost(host) && !isForwarded(request);
}
