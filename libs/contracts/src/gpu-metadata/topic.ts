import { topicWithDeadLetters } from '../stream/topic-definition';

export const GPU_METADATA_TOPIC = 'gpu-metadata';
export const GPU_METADATA_TOPICS = topicWithDeadLetters(GPU_METADATA_TOPIC);
