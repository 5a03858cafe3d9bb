/** What every answer of both apps carries: a browser takes it for what it says it is, and tells nobody where it was. */
export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;
