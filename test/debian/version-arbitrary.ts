import fc from 'fast-check';

const part = fc.array(fc.constantFrom('0', '1', '2', '9', '10', '00', 'a', 'Z', 'rc', '.', '+', '~'), {
  minLength: 1,
  maxLength: 6,
});

/** Versions that dpkg takes: the upstream part begins with a digit. */
export const versions: fc.Arbitrary<string> = fc
  .record({
    epoch: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    upstream: part,
    revision: fc.option(part, { nil: undefined }),
  })
  .map(({ epoch, upstream, revision }) => {
    const before = epoch === undefined ? '' : `${epoch}:`;
    return `${before}1${upstream.join('')}${revision === undefined ? '' : `-${revision.join('')}`}`;
  });
