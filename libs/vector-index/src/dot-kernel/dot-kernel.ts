import { DOT_KERNEL } from './kernel-bytes';

/** What assembly/kernel.ts exports; all places are addresses in its memory. */
interface DotKernel {
  readonly multiply: (codesAt: number, codesEnd: number, stride: number, queryAt: number) => void;
}

/**
 * WebAssembly that works in `memory`, compiled from assembly/ by `npm run kernel`: JavaScript has no instruction for
 * eight products at once. docs/adr/0008 has what it was measured to save.
 */
export function dotKernel(memory: WebAssembly.Memory): DotKernel {
  const module = new WebAssembly.Module(Uint8Array.from(Buffer.from(DOT_KERNEL, 'base64')));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as DotKernel;
}
