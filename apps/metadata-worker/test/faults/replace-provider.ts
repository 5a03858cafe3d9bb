import 'reflect-metadata';
import { MODULE_METADATA } from '@nestjs/common/constants';
import type { FactoryProvider, Provider, Type } from '@nestjs/common';

/** Puts `replacement` in the place of the provider of the same token, before the program makes its module. */
export function replaceProvider(module: Type, replacement: FactoryProvider): void {
  const providers = Reflect.getMetadata(MODULE_METADATA.PROVIDERS, module) as Provider[];
  const isReplaced = (provider: Provider): boolean =>
    'provide' in provider && provider.provide === replacement.provide;
  if (!providers.some(isReplaced)) throw new Error(`${module.name} does not provide what is to be replaced`);
  const changed = providers.map((provider) => (isReplaced(provider) ? replacement : provider));
  Reflect.defineMetadata(MODULE_METADATA.PROVIDERS, changed, module);
}
