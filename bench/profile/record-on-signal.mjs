import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

/** Loaded before the program: from the first SIGUSR2 to the second its profile is taken, into $BENCH_PROFILE. */
const session = new Session();
let isRecording = false;
process.on('SIGUSR2', () => {
  if (isRecording) {
    session.post('Profiler.stop', (_error, { profile }) => {
      writeFileSync(process.env.BENCH_PROFILE, JSON.stringify(profile));
    });
    return;
  }
  isRecording = true;
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: 200 });
  session.post('Profiler.start');
});
