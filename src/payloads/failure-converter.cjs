// CommonJS: the SDK loads it by require(), also where Node runs TypeScript as it is.
const { DefaultFailureConverter, defaultFailureConverter } = require('@temporalio/common');

/** Of the codec: they name keys and orders, and whoever could not read them could not mend it. */
const IN_CLEAR = ['PayloadKeyMissing', 'PayloadKeysUnavailable'];

/** Puts the messages and stacks of failures where the codec encrypts them. */
class EncryptableFailureConverter extends DefaultFailureConverter {
  constructor() {
    super({ encodeCommonAttributes: true });
  }

  /** @override @type {DefaultFailureConverter['errorToFailure']} */
  errorToFailure(error, payloadConverter, context) {
    const { name, type } = Object(error);
    return IN_CLEAR.includes(name) || IN_CLEAR.includes(type)
      ? defaultFailureConverter.errorToFailure(error, payloadConverter, context)
      : super.errorToFailure(error, payloadConverter, context);
  }
}

exports.failureConverter = new EncryptableFailureConverter();
