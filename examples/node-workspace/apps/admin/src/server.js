import { greet } from '@shop/greeting';
import express from 'express';

express()
  .get('/', (_request, response) => response.send(greet('administrator')))
  .listen(process.env.PORT ?? 3001);
