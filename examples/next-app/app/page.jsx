// Rendered for every request, so that the answer shows the server at work.
export const dynamic = 'force-dynamic';

export default function Page() {
  return <h1>Rendered by Node {process.versions.node.split('.')[0]} on a server</h1>;
}
