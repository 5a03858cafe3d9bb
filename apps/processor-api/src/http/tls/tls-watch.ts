import type { Server } from 'node:https';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Gauge } from 'prom-client';
import { Clock } from '@libs/domain';
import { ConfigurationFault, FileWatch, NestLogger, type Logger } from '@libs/platform';
import type { OpenConnections } from '../open-connections';
import { nextUpdateOf } from './revocation-list';
import { readServerTls, type ServerTls } from './server-tls';

const EXPIRY_NOTICE_MS = 7 * 24 * 60 * 60 * 1000;

export interface TlsWatchDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told when a client that was let in before might not be now. */
  readonly onClientsChanged: () => void;
}

/** Has a server use the files of its TLS as they are now; broken ones leave the last good ones in use. */
export class TlsWatch {
  /** Whether the files as they are now are not used. */
  isBroken = false;
  /** When the first of the lists of revoked certificates in use expires; undefined where none does. */
  revocationsExpireAt: Date | undefined;
  private readonly watch: FileWatch;

  constructor(
    private readonly server: Pick<Server, 'setSecureContext'>,
    private readonly tls: ServerTls,
    private readonly deps: TlsWatchDeps,
  ) {
    const paths = Object.values(tls.files).filter((path) => path !== undefined);
    this.watch = new FileWatch(paths, deps.clock);
  }

  /** Resolves once the files were read for the first time. */
  start(): Promise<void> {
    return this.watch.start(() => {
      this.read();
      this.warn();
      return Promise.resolve();
    });
  }

  stop(): void {
    this.watch.stop();
  }

  private read(): void {
    const { logger, onClientsChanged } = this.deps;
    try {
      const options = readServerTls(this.tls.files);
      // Before anything is put in use: it may fail.
      const expireAt = earliest((options.crl ?? []).map(nextUpdateOf));
      // The new context takes no session of the old one: who comes back shows a certificate again.
      this.server.setSecureContext(options);
      this.isBroken = false;
      this.revocationsExpireAt = expireAt;
      if (options.ca) onClientsChanged();
      logger.info('TLS files read');
    } catch (error) {
      this.isBroken = true;
      const faults = error instanceof ConfigurationFault ? error.faults : [(error as Error).message];
      logger.error({ faults }, 'the TLS files are broken: the last good ones stay in use');
    }
  }

  private warn(): void {
    const { clock, logger } = this.deps;
    const { revocationsExpireAt: expiresAt } = this;
    if (expiresAt === undefined) return;
    const leftMs = expiresAt.getTime() - clock.now().getTime();
    if (leftMs <= 0) {
      logger.error({ expiresAt }, 'a list in TLS_CLIENT_CRL_FILE has expired: its clients are refused');
    } else if (leftMs <= EXPIRY_NOTICE_MS) {
      logger.warn(
        { expiresAt },
        'a list in TLS_CLIENT_CRL_FILE is about to expire: renew it, or its clients are refused',
      );
    }
  }
}

function earliest(times: readonly (Date | undefined)[]): Date | undefined {
  return times.filter((time) => time !== undefined).sort((one, other) => one.getTime() - other.getTime())[0];
}

/** Keeps the TLS of `app` as its files are; a connection that is open when they change ends with its next answer. */
export async function watchTls(
  app: NestFastifyApplication,
  tls: ServerTls,
  connections: OpenConnections,
): Promise<void> {
  const server = app.getHttpServer() as Server;
  const watch = new TlsWatch(server, tls, {
    clock: app.get(Clock),
    logger: app.get(NestLogger).pino,
    onClientsChanged: () => {
      connections.retireAll();
    },
  });
  server.once('close', () => {
    watch.stop();
  });
  new Gauge({
    name: 'tls_files_broken',
    help: '1 while the TLS files cannot be used and the last good ones stay in use',
    collect() {
      this.set(watch.isBroken ? 1 : 0);
    },
  });
  if (tls.files.TLS_CLIENT_CRL_FILE !== undefined) {
    new Gauge({
      name: 'tls_client_crl_expires_timestamp_seconds',
      help: 'When the first list of revoked client certificates expires, and its clients are refused',
      collect() {
        this.set((watch.revocationsExpireAt?.getTime() ?? Infinity) / 1000);
      },
    });
  }
  await watch.start();
}
