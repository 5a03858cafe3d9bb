import { compileKernel } from '../../../compile-kernel';
import { EMBEDDING_KERNEL } from './kernel-bytes';

describe('EMBEDDING_KERNEL', () => {
  it('is what its source compiles to (npm run kernel writes it)', () => {
    expect(compileKernel().toString('base64')).toBe(EMBEDDING_KERNEL);
  }, 60_000);
});
