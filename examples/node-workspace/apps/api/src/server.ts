import { greet } from '@shop/greeting';
import fastify from 'fastify';

const server = fastify();

server.get<{ Params: { name: string } }>('/:name', async (request) => ({ greeting: greet(request.params.name) }));

// Fastify listens on localhost unless told otherwise, where nobody outside of a container could reach it.
await server.listen({ port: Number(process.env['PORT'] ?? 3000), host: process.env['HOST'] ?? '0.0.0.0' });
