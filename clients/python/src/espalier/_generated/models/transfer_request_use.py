from typing import Literal

TransferRequestUse = Literal['best', 'history']

TRANSFER_REQUEST_USE_VALUES: set[TransferRequestUse] = { 'best', 'history',  }

def check_transfer_request_use(value: str) -> TransferRequestUse:
    if value in TRANSFER_REQUEST_USE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TRANSFER_REQUEST_USE_VALUES!r}")
