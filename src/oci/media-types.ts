/** https://github.com/opencontainers/image-spec/blob/main/media-types.md and Docker's image manifest v2, schema 2 */
export const mediaTypes = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  ociLayerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociLayerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

/** How a layer's bytes are compressed, as its media type tells. */
export type Compression = 'none' | 'gzip' | 'zstd';

export function compressionOf(mediaType: string): Compression {
  if (mediaType.endsWith('+zstd')) return 'zstd';
  return mediaType.endsWith('gzip') ? 'gzip' : 'none';
}

export function isIndex(mediaType: string): boolean {
  return mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerIndex;
}

export function isDocker(mediaType: string): boolean {
  return mediaType.startsWith('application/vnd.docker.');
}
