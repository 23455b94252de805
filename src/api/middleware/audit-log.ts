import { createMiddleware } from 'hono/factory';
import type { Logger } from '../../platform/logger.ts';
import { pseudonymOf } from '../../platform/pseudonym.ts';
import type { ApiEnv } from './authenticate.ts';
import { matchedRoute } from './matched-route.ts';

/**
 * Writes a line for whatever an admin asked for, also what was refused: admins act on orders and read
 * those of others. It names the admin, and the order or the user that it was about.
 */
export function auditLog(log: Logger) {
  const audit = log.child({ audit: true });
  return createMiddleware<ApiEnv>(async (context, next) => {
    await next();
    const { userId, isAdmin } = context.get('caller');
    if (!isAdmin) return;
    const { id } = context.req.param() as { id?: string };
    const route = matchedRoute(context);
    const isAboutUser = route.includes('/users/');
    const ofUser = isAboutUser ? id : context.req.query('userId');
    audit.info(
      {
        requestId: context.get('requestId'),
        by: userId,
        action: `${context.req.method} ${route}`,
        ...(id !== undefined && !isAboutUser && { target: id }),
        ...(ofUser !== undefined && { ofUser: pseudonymOf(ofUser) }),
        status: context.res.status,
      },
      'admin request',
    );
  });
}
