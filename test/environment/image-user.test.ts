import { expect, test } from 'vitest';
import { resolveImageUser } from '../../src/environment/image-user.ts';

const passwd =
  '# accounts\nroot:x:0:0:root:/root:/bin/sh\napp:x:1002:1000::/home/app:/bin/sh\nnohome:x:1003:1003:::\nbroken\n1500:x:77:78::/home/odd:\n';
const group = 'root:x:0:\napp:x:1000:\nextra:x:2000:app,other\nothers:x:2001:other\n';

test.each([
  { text: '', expected: { uid: 0, gid: 0, home: '/root', additionalGids: [] } },
  { text: 'app', expected: { uid: 1002, gid: 1000, home: '/home/app', additionalGids: [2000] } },
  { text: '1002', expected: { uid: 1002, gid: 1000, home: '/home/app', additionalGids: [2000] } },
  { text: 'app:others', expected: { uid: 1002, gid: 2001, home: '/home/app', additionalGids: [] } },
  { text: '1002:1234', expected: { uid: 1002, gid: 1234, home: '/home/app', additionalGids: [] } },
  { text: '4000', expected: { uid: 4000, gid: 0, home: '/', additionalGids: [] } },
  { text: '4000:extra', expected: { uid: 4000, gid: 2000, home: '/', additionalGids: [] } },
  { text: 'nohome', expected: { uid: 1003, gid: 1003, home: '/', additionalGids: [] } },
  // A name wins over a number.
  { text: '1500', expected: { uid: 77, gid: 78, home: '/home/odd', additionalGids: [] } },
])('resolveImageUser() reads "$text"', ({ text, expected }) => {
  expect(resolveImageUser(text, { passwd, group })).toEqual(expected);
});

test('resolveImageUser() does without account files when there are numbers', () => {
  const none = { passwd: '', group: '' };
  expect(resolveImageUser('1002:1000', none)).toEqual({ uid: 1002, gid: 1000, home: '/', additionalGids: [] });
  expect(resolveImageUser('', none)).toEqual({ uid: 0, gid: 0, home: '/', additionalGids: [] });
});

test.each([
  { text: 'nobody', message: 'Cannot find user "nobody" in the image: its /etc/passwd has no such name' },
  { text: 'app:nogroup', message: 'Cannot find group "nogroup" in the image: its /etc/group has no such name' },
  { text: '4294967296', message: 'Cannot use id "4294967296" of the image: ids go from 0 to 4294967295' },
])('resolveImageUser() refuses "$text"', ({ text, message }) => {
  expect(() => resolveImageUser(text, { passwd, group })).toThrow(message);
});
