import fastify from 'fastify';
import { RouteTable } from './route-table';

describe(RouteTable.name, () => {
  it('takes no route that does not declare who may ask', () => {
    const server = fastify();
    new RouteTable(server, []);
    const handler = (): string => 'somebody forgot';
    expect(() => server.get('/forgotten', handler)).toThrow('GET /forgotten does not declare its access');
    expect(() => server.post('/forgotten', { config: {} as never }, handler)).toThrow('POST /forgotten');
    expect(() => server.get('/declared', { config: { access: 'read' } }, handler)).not.toThrow();
  });
});
