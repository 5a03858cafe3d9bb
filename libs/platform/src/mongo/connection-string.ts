import { mongo } from 'mongoose';
import { z } from 'zod';

/** A connection string of MongoDB with options the driver knows; its own words would repeat it, password and all. */
export function connectionString(): z.ZodType<string> {
  return z
    .string()
    .refine(isConnectionString, { error: 'must be a connection string of MongoDB with options it knows' });
}

function isConnectionString(uri: string): boolean {
  try {
    new mongo.MongoClient(uri);
    return true;
  } catch {
    return false;
  }
}
