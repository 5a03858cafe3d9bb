const answerWithinMs = 15_000;

/** Why the API cannot be used by this URL; undefined where GET /health/live answers as it should. */
export async function publicFault(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${url}/health/live`, {
      // ngrok's free plan shows browsers a page of its own first; any value skips it.
      headers: { 'ngrok-skip-browser-warning': '1' },
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const body = await answer.text();
    const code = answer.headers.get('ngrok-error-code');
    if (code !== null) return `ngrok answers ${answer.status} ${code}`;
    if (!answer.ok) return `/health/live answers ${answer.status}`;
    return body.trimStart().startsWith('{') ? undefined : 'what answers is not the API';
  } catch (error) {
    const { cause, message } = error as Error;
    return cause instanceof Error ? cause.message : message;
  }
}
