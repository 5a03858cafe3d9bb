import type { Archive, ArchiveObject, Tenure } from '@libs/domain';
import { archiverOf, s3ArchiveOf } from './archiver-under-test';

/** Archives like the worker until the point named in CRASH_AT, and is gone there. A program of its own. */
const { TOPIC = '', GROUP = '', BUCKET = '', CRASH_AT = '' } = process.env;

function crash(): void {
  process.kill(process.pid, 'SIGKILL');
}

const s3 = s3ArchiveOf(BUCKET);
const archive: Archive = {
  async store(object: ArchiveObject, tenure: Tenure): Promise<void> {
    const kind = object.name.split('/')[0] ?? '';
    if (CRASH_AT === 'after the commit of what was never stored') return;
    const storing = s3.store(object, tenure);
    if (CRASH_AT === `during ${kind}`) crash();
    await storing;
    if (CRASH_AT === `after ${kind}`) crash();
  },
};
const onCommitted = (): void => {
  if (CRASH_AT.startsWith('after the commit')) crash();
};

archiverOf({
  topic: TOPIC,
  groupId: GROUP,
  bucket: BUCKET,
  archive,
  onCommitted,
  limits: { maxRecords: 20 },
}).start();
