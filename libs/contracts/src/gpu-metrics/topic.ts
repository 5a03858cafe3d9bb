import { topicWithDeadLetters } from '../stream/topic-definition';

/** The version is part of the name: what breaks this contract is another topic. */
export const GPU_METRICS_TOPIC = 'gpu.metrics.v1';
export const GPU_METRICS_TOPICS = topicWithDeadLetters(GPU_METRICS_TOPIC);
