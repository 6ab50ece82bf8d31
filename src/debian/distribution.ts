/** A distribution as a stack names it. */
export interface Distribution {
  /** As `ID` of os-release(5): `debian`, `ubuntu`. */
  readonly id: string;
  /** As `VERSION_CODENAME` of os-release(5): `trixie`. */
  readonly codename: string;
  /** What packages are taken from, together: `trixie`, `trixie-updates`, `trixie-security`. */
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** OpenPGP public keys, armored or binary, one or more in each: what a Release file has to be signed with. */
  readonly keys: readonly Uint8Array[];
}

/** Where the packages of one suite are. */
export interface PackageSource {
  /** `http:`, `https:`, `file:`, `copy:`, `mirror+…:`; may hold a user and a password, so it is not for messages as it is. */
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
}
