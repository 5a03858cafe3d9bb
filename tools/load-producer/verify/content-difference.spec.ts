import { pack } from '../../vectors/float32-vector';
import { contentDifference, vectorDifference } from './content-difference';

const sent = {
  model: 'resnet50',
  gpu: { deviceName: 'cpu', totalMemoryBytes: null },
  tags: ['a', 'b'],
  n: 1.5,
};

describe(contentDifference.name, () => {
  it('finds none where all that was sent is there, whatever was added', () => {
    const read = { ...sent, gpu: { ...sent.gpu, memoryUtilization: null }, processedAt: 'now' };
    expect(contentDifference(sent, read)).toBeUndefined();
  });

  it.each([
    [{ ...sent, model: 'resnet5' }, '/model: "resnet50" was sent, "resnet5" read'],
    [{ ...sent, gpu: { deviceName: 'cpu' } }, '/gpu/totalMemoryBytes: null was sent, nothing read'],
    [{ ...sent, tags: ['a'] }, '/tags: ["a","b"] was sent, ["a"] read'],
    [{ ...sent, tags: ['a', 'c'] }, '/tags/1: "b" was sent, "c" read'],
    [{ ...sent, n: '1.5' }, '/n: 1.5 was sent, "1.5" read'],
    [null, ': {"model":"resnet50",'],
  ])('names the first field that differs: %j', (read, expected) => {
    expect(contentDifference(sent, read)).toContain(expected);
  });
});

describe(vectorDifference.name, () => {
  const { data } = pack([1, -0, 2]);

  it('finds none between equal vectors', () => {
    expect(vectorDifference(data, pack([1, -0, 2]).data)).toBeUndefined();
  });

  it('tells bits apart that compare equal', () => {
    expect(vectorDifference(data, pack([1, 0, 2]).data)).toContain('1 of 3 values differ');
  });
});
