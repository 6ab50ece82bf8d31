import express from 'express';

const app = express();
const port = Number(process.env.PORT ?? 3000);

app.get('/', (_request, response) => {
  response.send('Hello from Node\n');
});

// No handler of signals here: a container that is stopped still stops at once.
app.listen(port, () => {
  console.log(`Listening on port ${port}`);
});
