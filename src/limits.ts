/** Every bound of Rollcall, with its reason. A refusal that comes from one of these names it. */
export const limits = {
  // SCIM messages

  /** Characters of a filter. The longest ones seen name a handful of ids; an address line is cut at 8 KB by most proxies. */
  filterLengthMax: 8_192,
  /** Parentheses, not() and value paths inside each other. People write three; the parser's stack must not be theirs to size. */
  filterDepthMax: 20,
  /** Comparisons in one filter: each may become one scan of a subquery. */
  filterNodesMax: 100,
  /** Characters of a PATCH path. A path holds one attribute and one short value filter. */
  patchPathLengthMax: 4_096,
  /** Operations in one PATCH. Okta sends one remove for each leaver and cuts large changes into at most 1,000. */
  patchOperationsMax: 2_000,
  /** Resources on one page when the client names no count. Okta and authentik page by 100. */
  pageSizeDefault: 100,
  /** Resources on one page, whatever the client asks for: about a megabyte of users. */
  pageSizeMax: 1_000,
  /** Values of one multi-valued attribute of a user. Directories hold a few of each. */
  valuesPerAttributeMax: 1_000,
  /** Characters of one string. Certificates and photos are the longest; userName and names are indexed and much shorter. */
  stringLengthMax: 65_536,
  /** Characters of userName, externalId, displayName and e-mail addresses: what one index entry of PostgreSQL can hold in UTF-8. */
  indexedStringLengthMax: 512,
  /** Bytes of JSON in attributes that no schema of ours describes. They are kept as they came, not understood. */
  opaqueBytesMax: 65_536,
  /** Arrays and objects inside each other in a body. SCIM needs five; opaque extensions may need a few more. */
  jsonDepthMax: 32,
} as const;
