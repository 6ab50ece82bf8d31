/** For messages: without user, password and query. */
export function shownAddress(address: string): string {
  return address.replace(/^(?<scheme>[a-z0-9+.-]+:\/\/)[^/@]*@/i, '$<scheme>').replace(/[?#].*$/s, '');
}
