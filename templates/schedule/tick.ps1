# @marker@
$ErrorActionPreference = 'Stop'
@move@& @command@
exit $LASTEXITCODE
