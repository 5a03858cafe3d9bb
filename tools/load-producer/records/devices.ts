import type { GpuDevice } from '@libs/domain';

type Device = Omit<GpuDevice, 'allocatedMemoryBytes' | 'totalMemoryBytes'> & {
  readonly totalMemoryBytes: number;
  readonly maxPowerWatts: number;
};

/** GPUs that producers have, as torch.cuda reports them. */
export const GPUS: readonly Device[] = [
  device('Tesla T4', 15_843_721_216, '7.5', 70),
  device('NVIDIA L4', 23_679_729_664, '8.9', 72),
  device('Tesla V100-SXM2-16GB', 16_935_682_048, '7.0', 300),
  device('NVIDIA A100-SXM4-40GB', 42_297_786_368, '8.0', 400),
  device('NVIDIA A100-SXM4-80GB', 85_174_583_296, '8.0', 400),
  device('NVIDIA GeForce RTX 3090', 25_438_126_080, '8.6', 350),
  device('NVIDIA H100 80GB HBM3', 84_942_979_072, '9.0', 700),
];

/** Where no GPU ran. */
export const CPU: GpuDevice = {
  deviceName: 'cpu',
  backend: 'cpu',
  totalMemoryBytes: null,
  allocatedMemoryBytes: null,
  computeCapability: null,
  driverVersion: null,
  cudaVersion: null,
  hipVersion: null,
  torchVersion: '2.6.0+cpu',
};

function device(
  deviceName: string,
  totalMemoryBytes: number,
  computeCapability: string,
  maxPowerWatts: number,
): Device {
  const isNew = Number(computeCapability) >= 8;
  const versions = { cudaVersion: isNew ? '12.6' : '12.4', torchVersion: isNew ? '2.7.1' : '2.6.0' };
  const untold = { driverVersion: null, hipVersion: null };
  return {
    deviceName,
    backend: 'cuda',
    totalMemoryBytes,
    computeCapability,
    maxPowerWatts,
    ...versions,
    ...untold,
  };
}
