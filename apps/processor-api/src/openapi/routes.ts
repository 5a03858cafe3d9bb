import type { RouteDoc } from './route-doc';
import { OPERATION_ROUTES } from './routes/operation-routes';
import { PAGE_ROUTES } from './routes/page-routes';
import { READ_ROUTES } from './routes/read-routes';
import { WRITE_ROUTES } from './routes/write-routes';

/** Every route of the API that the document tells. */
export const ROUTES: readonly RouteDoc[] = [
  ...WRITE_ROUTES,
  ...READ_ROUTES,
  ...OPERATION_ROUTES,
  ...PAGE_ROUTES,
];
