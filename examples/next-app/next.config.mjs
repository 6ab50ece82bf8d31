/** @type {import('next').NextConfig} */
export default {
  // The build leaves a server with nothing but what it needs, and that alone is put into the image.
  output: 'standalone',
};
