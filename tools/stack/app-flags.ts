/**
 * How Node runs both apps; `npm run bench:flags` measures both, side by side with Node's defaults.
 *
 * V8 watches while an app starts which objects grow old, and makes all further ones of that kind in the old heap. In
 * most processes it takes objects of a request for such; each then lies there until a full collection.
 *
 * V8 would let the young heap grow by another 100 MiB under a burst of large bodies, and keep it. With less than this
 * the requests of some hundred connections outlive a collection of the young heap, and each costs a copy.
 */
export const appFlags: readonly string[] = ['--no-allocation-site-pretenuring', '--max-semi-space-size=16'];
