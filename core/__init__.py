"""The words every room shares: records, settings, errors, clock, discovery, i18n, masking."""
