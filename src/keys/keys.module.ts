import { Module } from '@nestjs/common';
import { KeyRing } from './key-ring.js';
import { KeysController } from './keys.controller.js';
import { TokenCodec } from './token-codec.js';

@Module({
  controllers: [KeysController],
  providers: [KeyRing, TokenCodec],
  exports: [KeyRing, TokenCodec],
})
export class KeysModule {}
