import { request, type Agent } from 'node:http';

/** One POST of a packed body on a connection that is kept; answers whether it was accepted. */
export function post(url: URL, agent: Agent, body: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().on('end', () => {
        resolve(answer.statusCode === 202);
      });
    })
      .on('error', reject)
      .end(body);
  });
}
