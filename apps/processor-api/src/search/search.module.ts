import { Module, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { getToken } from '@willsoto/nestjs-prometheus';
import { Gauge } from 'prom-client';
import { SimilarityIndex } from '@libs/domain';
import { NestLogger } from '@libs/platform';
import { ThreadedSimilarityIndex } from '../adapters/mongo/threaded-similarity-index';
import { processorConfig } from '../config';
import { HttpModule } from '../http/http.module';
import { SearchController } from './search.controller';

const INDEX_METRICS: Provider[] = [
  { name: 'search_index_vectors', help: 'Vectors in the search index', of: 'vectors' } as const,
  { name: 'search_index_bytes', help: 'Memory of the search index', of: 'bytes' } as const,
  {
    name: 'search_index_documents',
    help: 'Documents of the database that the search index follows',
    of: 'documents',
  } as const,
  {
    name: 'search_index_loaded',
    help: '1 once the search index has looked at every document',
    of: 'isLoaded',
  } as const,
].map(({ name, help, of }) => ({
  provide: getToken(name),
  inject: [ThreadedSimilarityIndex],
  useFactory: (similar: ThreadedSimilarityIndex) =>
    new Gauge({
      name,
      help,
      collect(this: Gauge) {
        this.set(Number(similar.report[of]));
      },
    }),
}));

/** The search for similar embeddings, in a thread with a database connection of its own. */
@Module({
  imports: [HttpModule],
  controllers: [SearchController],
  providers: [
    {
      provide: ThreadedSimilarityIndex,
      inject: [processorConfig.KEY, NestLogger],
      useFactory: (
        { reads, searchIndexBytes: indexBytes }: ConfigType<typeof processorConfig>,
        { pino }: NestLogger,
      ) => new ThreadedSimilarityIndex(reads && { reads, indexBytes }, pino),
    },
    { provide: SimilarityIndex, useExisting: ThreadedSimilarityIndex },
    ...INDEX_METRICS,
  ],
  exports: [ThreadedSimilarityIndex],
})
export class SearchModule implements OnApplicationShutdown {
  constructor(private readonly similar: ThreadedSimilarityIndex) {}

  /** Runs after the HTTP server answered its last request. */
  onApplicationShutdown(): Promise<void> {
    return this.similar.stop();
  }
}
