export interface NgrokCommand {
  /** Where the API listens on loopback. */
  readonly port: number;
  /** A reserved name such as `gpu.ngrok.app`; undefined: ngrok assigns one. */
  readonly domain: string | undefined;
}

/**
 * What a user types to give the API a public URL. By address: `localhost` may be ::1, where the API does not listen.
 * Without the inspector, which would keep keys and bodies. The Host header stays the public one: an API without keys
 * tells by it that a request comes from outside.
 */
export function ngrokCommand({ port, domain }: NgrokCommand): string {
  const url = domain === undefined ? '' : ` --url=https://${domain}`;
  return `ngrok http http://127.0.0.1:${port} --inspect=false${url}`;
}
