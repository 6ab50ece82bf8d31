import { describe, expect, test } from 'vitest';
import { formatPlace, parsePlace } from '../../src/image/place.ts';

describe('parsePlace()', () => {
  test.each([
    { text: 'docker://localhost:5000/a:1', kind: 'registry', again: 'docker://localhost:5000/a:1' },
    { text: 'docker://foo', kind: 'registry', again: 'docker://docker.io/library/foo:latest' },
    { text: 'foo', kind: 'name', again: 'docker.io/library/foo:latest' },
    { text: 'foo:1', kind: 'name', again: 'docker.io/library/foo:1' },
    { text: 'localhost:5000/foo', kind: 'name', again: 'localhost:5000/foo:latest' },
    { text: 'store:foo:1', kind: 'store', again: 'store:docker.io/library/foo:1' },
    { text: 'docker-daemon:foo', kind: 'docker-daemon', again: 'docker-daemon:docker.io/library/foo:latest' },
    { text: 'oci:out', kind: 'oci', again: 'oci:out' },
    { text: 'oci:/a b/out:1.0', kind: 'oci', again: 'oci:/a b/out:1.0' },
    { text: 'oci-archive:x.tar', kind: 'oci-archive', again: 'oci-archive:x.tar' },
    { text: 'oci-archive:x.tar:ghcr.io/a:1', kind: 'oci-archive', again: 'oci-archive:x.tar:ghcr.io/a:1' },
    { text: 'docker-archive:x.tar', kind: 'docker-archive', again: 'docker-archive:x.tar' },
    { text: 'bundle:b', kind: 'bundle', again: 'bundle:b' },
    { text: 'rootfs-archive:r.tar', kind: 'rootfs-archive', again: 'rootfs-archive:r.tar' },
  ])('reads $text as $kind', ({ text, kind, again }) => {
    const place = parsePlace(text);
    expect(place.kind).toBe(kind);
    expect(formatPlace(place)).toBe(again);
    expect(parsePlace(again)).toEqual(place);
  });

  test('keeps a whole reference as the tag of a path', () => {
    expect(parsePlace('oci:d:ghcr.io/a:1')).toEqual({ kind: 'oci', directory: 'd', tag: 'ghcr.io/a:1' });
  });

  test.each(['', 'oci:', 'oci:x:', 'bundle:', 'docker:foo', 'docker://', 'store:', 'ftp://x/y', 'oci-archive:\0'])(
    'refuses %j with a hint',
    (text) => {
      expect(() => parsePlace(text)).toThrow(
        expect.objectContaining({ code: 'REFERENCE_INVALID', hint: expect.stringMatching(/\w/) }),
      );
    },
  );
});
