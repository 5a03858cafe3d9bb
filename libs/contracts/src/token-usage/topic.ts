import { topicWithDeadLetters } from '../stream/topic-definition';

/** The version is part of the name: what breaks this contract is another topic. */
export const TOKEN_USAGE_TOPIC = 'token.usage.v1';
export const TOKEN_USAGE_TOPICS = topicWithDeadLetters(TOKEN_USAGE_TOPIC);
