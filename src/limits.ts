/** Every bound of Rollcall, with its reason. A refusal that comes from one of these names it. */
export const limits = {
  // SCIM messages

  /** Characters of a filter. The longest ones seen name a handful of ids; an address line is cut at 8 KB by most proxies. */
  filterLengthMax: 8_192,
  /** Parentheses, not() and value paths inside each other. People write three; the parser's stack must not be theirs to size. */
  filterDepthMax: 20,
  /** Comparisons in one filter: each may become one scan of a subquery. */
  filterNodesMax: 100,
  /**
   * Work of one filter on one resource, in units of about a microsecond (filter-cost.ts): a comparison with a column takes 1, with
   * another value 2, with a list 5, with groups or members 10. A hundred names fit, or twenty questions about addresses; the filters of
   * providers take at most 10. What no index finds is asked of every resource, so the worst search of a thousand people takes about a
   * tenth of a second, and that of a hundred thousand meets the time limit of statements.
   */
  filterCostMax: 100,
  /** Characters of a PATCH path. A path holds one attribute and one short value filter. */
  patchPathLengthMax: 4_096,
  /**
   * Operations in one PATCH. Okta sends one remove for each leaver and cuts large changes into at most 1,000, authentik into what
   * is announced for a bulk.
   */
  patchOperationsMax: 2_000,
  /**
   * Work of one PATCH, in units of about a microsecond (scim/patch-work.ts), during which nobody else is answered. A thousand
   * operations on a hundred roles fit, and so do two thousand that each remove a member.
   */
  patchWorkMax: 100_000,
  /**
   * Operations in one bulk, which ServiceProviderConfig announces. Each is a change with its transaction: a thousand take a few
   * seconds, which a client waits for.
   */
  bulkOperationsMax: 1_000,
  /** Bytes of the body of a bulk, announced too: a thousand users as Okta writes them have one megabyte, some have pictures. */
  bulkBytesMax: 4 * 1024 * 1024,
  /** Characters of a bulkId. Clients count or write UUIDs; it is sent back and stands in messages. */
  bulkIdLengthMax: 256,
  /** Characters of the path of an operation in a bulk: an endpoint and an id or a bulkId, percent-encoded. */
  bulkPathLengthMax: 1_024,
  /** Names in `attributes` or `excludedAttributes`: several times what a resource has, and each is read. */
  projectedNamesMax: 500,
  /** Resources on one page when the client names no count. Okta and authentik page by 100. */
  pageSizeDefault: 100,
  /** Resources on one page, whatever the client asks for: about a megabyte of users. */
  pageSizeMax: 1_000,
  /**
   * Characters that the database is let answer to a page; the resources behind them are on the next page. A thousand users have a
   * megabyte, but a user may have one alone, and a group of a hundred thousand has ten.
   */
  pageCharactersMax: 32 * 1024 * 1024,
  /** Members of a group that the database sends in one value: all of a hundred thousand in one are 20 MB, copied as it grows. */
  membersPerPart: 1_000,
  /** Bytes of a resource that is answered in one piece. A longer one is sent as the client takes it. */
  answeredWholeBytes: 1024 * 1024,
  /** Values of one multi-valued attribute of a user. Directories hold a few of each. */
  valuesPerAttributeMax: 1_000,
  /** Characters of one string. Certificates and photos are the longest; userName and names are indexed and much shorter. */
  stringLengthMax: 65_536,
  /** Combining marks in a row: the bound of the Stream-Safe Text Format (UAX #15 §13), which no writing system comes near. */
  marksInARowMax: 30,
  /** Characters of userName, externalId, displayName and e-mail addresses: what one index entry of PostgreSQL can hold in UTF-8. */
  indexedStringLengthMax: 512,
  /** Characters of JSON in attributes that no schema of ours describes. They are kept as they came, not understood. */
  opaqueLengthMax: 65_536,
  /** Characters of one user or group as JSON, without members. Pictures and certificates are the largest parts. */
  resourceLengthMax: 1_048_576,
  /** Schemas that one organization defines. Each is looked through when a name is resolved. */
  definedSchemasMax: 50,
  /** Resource types that one organization defines. A query at the root is a union over all of them. */
  definedResourceTypesMax: 20,
  /** Attributes of one list in a definition. The core User of RFC 7643 has 21. */
  definedAttributesMax: 100,
  /** Characters of an attribute's name in a definition: it goes into each of its entries in the index of values. */
  definedNameLengthMax: 64,
  /** Characters of a description or canonical value in a definition. */
  definedTextLengthMax: 1_000,
  /** Canonical values or reference types of one attribute. */
  definedValuesMax: 200,
  /** Characters of an entitlement's or role's description: what Okta takes (okta-wire.md §14). */
  grantDescriptionLengthMax: 1_000,
  /** Organizations whose schemas are remembered at once. */
  organizationTypesMax: 2_000,
  /** Stored resources that are read at a time while a changed definition is held against them. */
  definitionCheckBatch: 500,
  /** Resources that a refused change of a definition names; the others are counted. */
  definitionExamplesMax: 3,

  /** Arrays and objects inside each other in a body. SCIM needs five; opaque extensions may need a few more. */
  jsonDepthMax: 32,
  /** Keys of one object in a body of SCIM: a user with every attribute of the RFCs and some extensions has about a hundred. */
  jsonKeysMax: 1_000,
  /**
   * Values in a body, each key and each element of a list counted, since the work on a body grows with them and not with its bytes:
   * the largest user that can be kept has some ten thousand, and this many are read and refused in a few hundredths of a second.
   */
  jsonValuesMax: 30_000,
  /** Values in a bulk: a thousand users as Okta writes them have sixty thousand, and hundreds of groups with their people more. */
  bulkValuesMax: 300_000,
  /** Values in a body of the management API: a configuration with mappings of thousands of teams. */
  documentValuesMax: 100_000,
  /** Values in the body of a group: as many as 16 MB of members have as Okta writes them, three each. */
  groupValuesMax: 600_000,

  // The management API

  /** Items on one page of a list when nobody says how many: two screens. */
  apiPageDefault: 50,
  /** Items on one page of a list: what a script takes at once. */
  apiPageMax: 200,
  /** How long a creation with an Idempotency-Key is answered as the first time: retries of a day's outage. Seconds. */
  idempotencySeconds: 86_400,
  /** Requests of the last hour that are counted. Open consoles ask every few seconds, and beyond this all know: it is busy. */
  requestCountMax: 10_000,

  // Lists

  /** Lists (of one organization, type and filter) whose pages are remembered at once: more than providers import at a time. */
  pageMarkListsMax: 200,
  /** Pages remembered of one list: a million users by 100. */
  pageMarksPerListMax: 10_000,
  /**
   * How long a cursor may be used: what RFC 9865 §4 calls cursorTimeout. A reader who works on each page for minutes gets to
   * the end; a cursor in an old log is worth nothing. Seconds.
   */
  cursorSeconds: 3_600,
  /** Rows between the marks of a list that is measured, and rows that are skipped without measuring it. */
  pageMarkEvery: 500,
  /** How long a page's end is remembered. An import asks for the next page within seconds. */
  pageMarkSeconds: 300,
  /**
   * How long it is remembered as the place where its own reader goes on whatever has changed. Shorter, since the same
   * client may meanwhile have begun anew at another process.
   */
  pageContinuedSeconds: 60,

  // Maintenance

  /** The questions about teams that are listed at a time: an admin settles one after the other. */
  pendingLinksMax: 200,
  /** How long somebody who was removed may come back as who they were: whoever was removed by mistake is missed within a month. Days. */
  removedDays: 30,
  /** How often it is looked which tables have changed much since PostgreSQL last looked at them. Milliseconds. */
  statisticsCheckMs: 5_000,

  // Invitations and locks

  /** How long an invitation may be accepted: two weeks of vacation, and not for ever. Days. */
  invitationDays: 14,

  /** Hours that one member or team is unlocked at a time: a long weekend. What stays open longer is a setting. */
  unlockHoursMax: 72,

  /** A person is invited again by mail after this pause, so that nobody's mailbox is filled by impatience. Seconds. */
  invitationPauseSeconds: 300,
  /** Invitations by mail to one person in a day. */
  invitationsPerDayMax: 5,

  /** How long a changed e-mail address waits for its confirmation. Days. */
  confirmationDays: 7,

  // Domains

  /** Domains of one organization. */
  domainsMax: 100,
  /** A record is looked for again after this pause. Seconds. */
  domainCheckPauseSeconds: 5,
  /** Records that one hour looks for: the DNS is other people's. */
  domainChecksPerHour: 2_000,
  /** Records that are looked for at once. */
  domainChecksAtOnce: 4,
  /** A DNS server that says nothing for this long is asked once more, and then the next one. Milliseconds. */
  dnsTimeoutMs: 3_000,

  // Mail

  /** How long mail that has ended stays in the outbox, as long as somebody may ask where it is. Days. */
  mailKeptDays: 30,
  /** Mails of one organization that are sent before the next organization's: each has its turn within seconds. */
  mailsPerTurn: 20,
  /** Connections to the mail server. */
  mailConnectionsMax: 4,
  /** A mail server that says nothing for this long is away. Milliseconds. */
  mailSilenceMs: 20_000,
  /** A mail that takes this long has failed, whatever the server says meanwhile. Milliseconds. */
  mailDeadlineMs: 60_000,
  /** How long a process has for a turn before others take its mail for lost. It is more than a turn of deadlines. Seconds. */
  mailTurnSeconds: 600,
  /** Pauses before the second and each later attempt: two days in all, as mail servers do. Seconds. */
  mailPausesSeconds: [60, 300, 900, 3_600, 10_800, 21_600, 43_200, 86_400],
  /** Admins get alerts by mail at most this often; what happens in between comes together. Seconds. */
  alertPauseSeconds: 900,
  /** Alerts that one mail lists; it counts the others. */
  alertsPerMailMax: 50,
  /** Owners and admins who get alerts, owners first. */
  alertRecipientsMax: 50,

  // Roles and licenses

  /** Seats of one license: more than there are people to sell them to by one organization, and far from what a sum of them overflows. */
  seatsMax: 1_000_000_000,
  /** Characters of the name of a group of sign-ins: it is a key of an index. */
  signInGroupLengthMax: 512,
  /** People whose roles and licenses one step of a change for many people settles: some megabytes of what is known of them. */
  peoplePerStepMax: 5_000,
  /** Teams, and licenses, that one simulation supposes something of. */
  supposedTeamsMax: 1_000,
  /** Changes that a simulation lists one by one; it counts them all. */
  simulatedChangesMax: 100,

  // Events

  /** People named by one event: a change of more becomes several. */
  membersPerEventMax: 500,
  /** Events of one page of the feed. */
  eventPageMax: 1_000,
  /** Newest events that a process remembers of a feed that is followed through it: enough for readers of a live one. */
  feedRecentMax: 200,
  /**
   * An event is not said to have been before the one before it, up to this. Transactions end within `statement_timeout` and machines
   * keep their clocks within seconds; beyond it a clock is wrong, and the others go by their own. Milliseconds.
   */
  clocksDifferMaxMs: 60_000,
  /**
   * How often a process looks for news and ended keys of the feeds that are followed through it, all with one look. With the
   * time of a look it bounds how long a stream outlives its key. Milliseconds.
   */
  feedCheckMs: 250,
  /**
   * How long streams of keys go on when nobody can look whether their keys are still good. Shorter, and a database that is only
   * slow would end all of them at once, to come back together. Milliseconds.
   */
  feedBlindMs: 2_000,
  /** How long hints of changes are gathered before the other processes get them. Milliseconds. */
  feedTellMs: 50,
  /** The same for hints that keys may have ended, which are rare and urgent. Milliseconds. */
  feedTellKeysMs: 5,
  /** Organizations in one notice to the other processes: PostgreSQL takes 8,000 bytes, and one has at most 47. */
  feedHintsPerNotice: 150,
  /** How long one request waits for events: proxies cut off what is silent for a minute. Seconds. */
  eventWaitSecondsMax: 30,
  /** Streams and waiting requests that one organization has open on one process. */
  followersPerOrganizationMax: 100,
  /** How often a stream without events shows that it lives. Milliseconds. */
  streamHeartbeatMs: 10_000,
  /** After this long a client that was cut off comes back. Milliseconds. */
  streamRetryMs: 1_000,
  /** A client that does not read for this long is let go. Milliseconds. */
  streamStallMs: 15_000,
  /** Rows of one read of a snapshot. */
  snapshotPageRows: 1_000,
  /** Snapshots that one process sends at once: each holds a connection. Others wait for their turn. */
  snapshotsMax: 4,
  /** A snapshot that was not fetched in this time holds a connection for too long, and old rows in the whole database. */
  snapshotSecondsMax: 600,

  /** Events that one undo is about. They are read and compared at once; a longer time is undone in parts. */
  undoneEventsMax: 5_000,
  /** Events before and behind one that only follows from another, among which that one is looked for. One change has a few events. */
  eventsBesideUndone: 200,
  /** Facts that one undo puts back. Each is a change of its own, and a thousand take some seconds. */
  undoneFactsMax: 1_000,
  /** Events that one step of an export of the audit reads: some megabytes where each names many people. */
  auditPageRows: 500,
  /** An export of the audit that was not fetched in this time is ended: millions of events take minutes. */
  auditExportSecondsMax: 3_600,

  // HTTP

  /** Bytes of a request body, which is never compressed: a resource of `resourceLengthMax` has no more in UTF-8. */
  bodyBytesMax: 4 * 1024 * 1024,
  /** Bytes of the body of a group: 100,000 members as Okta writes them have about 8 MB. */
  groupBytesMax: 16 * 1024 * 1024,
  /** Bytes of a request's first line and headers together: a filter of 8 KB fits, each byte percent-encoded. */
  headerBytesMax: 32 * 1024,
  /** A request that has not arrived whole by then is a slow client. Milliseconds. */
  requestTimeoutMs: 10_000,
  /** Headers alone arrive at once. Milliseconds. */
  headersTimeoutMs: 5_000,
  /** What is read and thrown away of a body that was refused, so that the client gets to read the answer. Bytes. */
  lingerBytesMax: 32 * 1024 * 1024,
  /** And for how long. Less than a request may take to arrive. Milliseconds. */
  lingerMs: 5_000,
  /** A connection on which nothing happens is closed. Milliseconds. */
  idleTimeoutMs: 15_000,

  /**
   * How long a bulk begins further operations; the rest is answered 503. A thousand take a few seconds, several times that where
   * the database is busy, and clients wait half a minute at least. The connection counts as idle idleTimeoutMs later. Milliseconds.
   */
  bulkMs: 25_000,

  /** How often connections are looked at for clients that are too slow. Milliseconds. */
  slowClientCheckMs: 1_000,

  // Fairness among organizations; the rates themselves are settings

  /**
   * Bytes of a body that count as one more request at the rate limits: reading a group of as many takes about as long as a request.
   * A body of 8 MB is five hundred requests.
   */
  rateBodyBytes: 16 * 1024,
  /** What a rate limit lets through at once, as seconds of its rate: a provider's job begins with a burst. */
  rateBurstSeconds: 2,
  /** How often processes tell each other what was spent. In between, each may let through what the others did. Milliseconds. */
  rateTellMs: 250,
  /** A key is told of when it has spent what flows in during this time; the rest waits and is told later. Milliseconds. */
  rateTellAtMs: 50,
  /** How far spending in other processes may push a limit below empty: the longest Retry-After comes from it. Seconds. */
  rateDebtSecondsMax: 30,
  /** Tokens, organizations and addresses that each limit remembers at once: those that were busy within the last seconds. */
  rateKeysMax: 10_000,
  /** Keys in one notice to the other processes: PostgreSQL takes 8,000 bytes, and a key with its count has at most 75. */
  rateKeysPerNotice: 100,
  /**
   * How long the answer of a rate limit is held back, from half to one and a half times of it: a client that does not wait
   * sends no faster on one connection than this, and those that wait as they are told do not notice. Milliseconds.
   */
  refusalDelayMs: 250,
  /** Answers that are held back at once; more are sent without delay, since they need memory. */
  refusalsDelayedMax: 1_000,
  /** Connections that one organization's requests wait for are waited for this long, as long as for the pool. Milliseconds. */
  connectionWaitMs: 5_000,
  /**
   * A change that has waited this long for those ahead of it gets a connection of its own. Milliseconds: several changes take
   * about as long under load, and nobody notices it behind a long one.
   */
  laneWaitMs: 25,
  /** Changes that share one transaction; more of them would hold their locks for longer than a round trip. */
  changesTogetherMax: 16,
  /** People whom a change of a team names, to share a transaction: what names more takes longer than others should wait. */
  peopleTogetherMax: 10,
  /** Reads of single rows that one transaction takes along; more of them would keep the first ones waiting for the last. */
  readsTogetherMax: 32,

  // Holding

  /** People, and teams, that one transaction of a settling puts in force: a fraction of a second of locks. */
  peoplePerSettlingMax: 200,
  /** Teams of one such transaction when a connection ends: each may have thousands of people. */
  teamsPerDisconnectingMax: 20,
  /** How long whoever lets a batch go waits for it; what is left is gone on with in the background. Milliseconds. */
  settleInlineMs: 10_000,
  /** Rows of one read of a plan over what is held. */
  planPageRows: 500,
  /** Items of one plan that are remembered for its further pages, and of all plans that one process remembers: some ten megabytes. */
  plannedItemsMax: 20_000,
  /** How long the further pages of a plan are read from it: as long as somebody takes to look through them. Seconds. */
  planSeconds: 300,
  /** Plans of one organization that wait for the one that is being made; whoever comes then is told to come back. */
  plansWaitingMax: 5,
  /** Things that do not follow from what was asked and are named in a report; all are counted. */
  driftShownMax: 100,
  /**
   * People up to whom the daily comparison repairs by itself. More than these are no accident of a few rows: a person looks at
   * the report first, and repairs on demand.
   */
  repairedByItselfMax: 100,
  /** Comparisons that are kept with their reports: those of a month of nights, and as many on demand. */
  reconciliationsKeptMax: 60,
  /** How long whoever asks for a comparison waits for it at most; it goes on in the background, and is asked after. Seconds. */
  reconcileWaitSecondsMax: 10,
  /** Between two words of a comparison on how far it is. Milliseconds. */
  reconcilingNotedMs: 1_000,
  /** A comparison of which nothing was heard for so long has ended with its process. Milliseconds. */
  reconcilingSilentMs: 60_000,

  // Tokens and the request log

  /** How long an answer about a token may be used again: what bounds the time until a revocation is in force everywhere. Milliseconds. */
  tokenCacheMs: 500,
  /**
   * Good calls after which a token has taken over from the one that it replaces, which is then revoked. The test that a
   * provider makes when a token is pasted is two or three calls; its next people and groups bring these. Whoever cancels has
   * the time between.
   */
  rotationGoodCalls: 10,
  /** Ranges of addresses of one token: each provider has a few, and lists of all of them belong to the organization. */
  tokenAddressesMax: 100,
  /**
   * Ranges in the lists of one organization. Okta publishes some hundreds for all of its cells. A request is looked up in as
   * many maps as there are lengths of prefixes, however many ranges there are.
   */
  addressRulesMax: 2_000,
  /** Organizations whose lists of addresses are remembered at once. */
  addressListsMax: 2_000,
  /** Differences between what was asked and what is in force that are counted of a kind; beyond it all know: there are many. */
  differencesCountedMax: 10_000,
  /** Characters of the issuer of a sign-in provider: SAML 2.0 lets an entity id have no more. */
  issuerCharactersMax: 1_024,
  /** Tokens remembered at once. */
  tokenCacheEntriesMax: 10_000,
  /** Characters of a body that the request log keeps: enough for any person, a beginning of a long list. */
  loggedBodyCharsMax: 4_096,
  /** Characters of a path that the request log keeps. */
  loggedPathCharsMax: 2_048,
  /** Rows of reads and refusals that wait to be written; those that come beyond that are lost, and the log says how many. */
  waitingRequestsMax: 20_000,
  /** Rows of requests without a good token that one organization's log takes at each writing. */
  refusalsPerFlushMax: 50,
  /** How often waiting rows are written. Milliseconds. */
  requestFlushMs: 250,
} as const;
