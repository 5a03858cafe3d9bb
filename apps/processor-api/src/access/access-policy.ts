import type { IncomingMessage } from 'node:http';
import type { BlockList } from 'node:net';
import { PipelineError } from '@libs/domain';
import {
  type ClientAddresses,
  hasLoopbackHost,
  isForwarded,
  isListed,
  type RouteAccess,
} from '@libs/platform';
import { isKeyless, type Scope } from './api-key';
import { Caller } from './caller';
import type { ApiKey } from './key-ring';
import type { FailedAttempts, KeyQuotas } from './rate-limits';

const BEARER = /^bearer +([^ ]+) *$/i;

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
  readonly keys: { find(sent: string): ApiKey | undefined };
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
    const { keys, limits } = this.facts;
    const key = sent === undefined ? undefined : keys.find(sent);
    if (key) return new Caller(key, limits?.quotas);
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

/**
 * Takes the API key out of a request's headers, so that nothing that looks at them later can tell it. Undefined where
 * none was sent, or two that differ: in `headers` Node keeps one of them, and a proxy in front perhaps the other.
 */
function takeCredential({ headers, rawHeaders }: AccessRequest['raw']): string | undefined {
  if (headers.authorization === undefined && headers['x-api-key'] === undefined) return undefined;
  const sent = new Set<string | undefined>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (name !== 'authorization' && name !== 'x-api-key') continue;
    const value = rawHeaders[at + 1]!;
    sent.add(name === 'authorization' ? BEARER.exec(value)?.[1] : value);
    rawHeaders[at + 1] = '';
  }
  // Not deleted: an object that lost a property is slower for everybody who reads it after.
  headers.authorization = undefined;
  headers['x-api-key'] = undefined;
  return sent.size === 1 ? [...sent][0] : undefined;
}
