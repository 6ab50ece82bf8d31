/** What the shop says to somebody who comes in. */
export function greet(name: string): string {
  return `Hello, ${name}`;
}
