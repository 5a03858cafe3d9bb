import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';
import { type Clock, PipelineError } from '@libs/domain';
import {
  type ClientAddresses,
  hasLoopbackHost,
  isForwarded,
  isListed,
  type RouteAccess,
} from '@libs/platform';
import { Caller } from './caller';
import { takeCredential } from './credential';
import type { FailedAttempts } from './failed-attempts';
import type { KeyQuotas } from './key-quotas';
import type { KeyRing } from './key-ring';
import { isKeyless, type Scope } from './scope';

export interface AccessSettings {
  readonly authMode: 'required' | 'off';
  /** Who may ask at all; everybody where it is empty. */
  readonly allowedCidrs: BlockList;
}

/** What the policy reads of a request, and the `caller` that it sets. */
export interface AccessRequest extends Pick<IncomingMessage, 'headers' | 'socket'> {
  readonly raw: Pick<IncomingMessage, 'headers' | 'rawHeaders'>;
  /** Undefined where no route serves it. */
  readonly route: { readonly access: RouteAccess } | undefined;
  clientAddress: string;
  caller: Caller;
}

/** What the policy asks before it decides. */
export interface AccessFacts {
  readonly addresses: ClientAddresses;
  readonly keys: { readonly keys: KeyRing };
  readonly clock: Clock;
  /** Undefined where limits are off. */
  readonly limits: { readonly quotas: KeyQuotas; readonly failures: FailedAttempts } | undefined;
}

/**
 * Decides before a body is read who may ask for what, and tells the rest of the request who asks. All that it knows of
 * a request's path is the route that serves it.
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

  addressOf(request: AccessRequest): string {
    return this.facts.addresses.of(request);
  }

  /**
   * Sets `caller` of the request, whose `clientAddress` is known, and takes the key out of its headers.
   *
   * @throws PipelineError `address_not_allowed`, `too_many_failures`, `unauthorized`, `rate_limited` or
   * `insufficient_scope`, the first that applies
   */
  async admit(request: AccessRequest): Promise<void> {
    const access = request.route?.access;
    const sent = takeCredential(request.raw);
    this.checkAddress(request);
    if (this.settings.authMode === 'off' || isKeyless(access)) return;
    request.caller = await this.authenticate(sent, request.clientAddress);
    await this.checkKey(request.caller, access);
  }

  private checkAddress(request: AccessRequest): void {
    if (this.settings.authMode === 'off' && !isDirectLoopback(request)) {
      throw notAllowed('without API keys only requests of this machine are served');
    }
    const { clientAddress, route } = request;
    // Probes come from the node, whose address no list of clients has; /metrics has a list of its own.
    if (this.allowsAllAddresses || route?.access === 'health' || route?.access === 'metrics') return;
    if (!isListed(this.settings.allowedCidrs, clientAddress)) {
      throw notAllowed('requests from this address are not served');
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

  /** A request without a route needs no scope: it gets nothing but a refusal. */
  private async checkKey(caller: Caller, scope: Scope | undefined): Promise<void> {
    const limited = await caller.spend(1);
    if (limited) throw limited;
    if (scope !== undefined && !caller.may(scope))
      throw new PipelineError('insufficient_scope', `this needs a key with scope ${scope}`);
  }
}

function notAllowed(message: string): PipelineError {
  return new PipelineError('address_not_allowed', message);
}

function isDirectLoopback(request: AccessRequest): boolean {
  return hasLoopbackHost(request) && !isForwarded(request);
}
