import { ngrokCommand } from './ngrok-command';

describe(ngrokCommand.name, () => {
  it('leads to the API by address, and keeps nothing of what passes', () => {
    expect(ngrokCommand({ port: 8000, domain: undefined })).toBe(
      'ngrok http http://127.0.0.1:8000 --inspect=false',
    );
  });

  it('asks for the reserved name', () => {
    expect(ngrokCommand({ port: 8100, domain: 'gpu.ngrok.app' })).toBe(
      'ngrok http http://127.0.0.1:8100 --inspect=false --url=https://gpu.ngrok.app',
    );
  });
});
