using System.Diagnostics;

namespace FeedHandler.Sbe.Tests;

/// <summary>The package as a stranger uses it: in a project that knows nothing of this repository.</summary>
public sealed class PackageTests
{
    private const string Project =
        """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <RestorePackagesPath>packages</RestorePackagesPath>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="FeedHandler.Sbe.Generator" Version="0.1.0" />
            <AdditionalFiles Include="car.xml" SbeNamespace="My.Cars" />
            <AdditionalFiles Include="car-headers.xml" />
          </ItemGroup>
        </Project>
        """;

    private const string Program =
        """
        using My.Cars;
        var bytes = new byte[256];
        CarWriter.TryBegin(bytes, out var writer);
        writer.SetSerialNumber(1234);
        writer.TryAddFuelFigures(0, out _);
        writer.TryAddPerformanceFigures(0, out _);
        writer.TryAddManufacturer("Honda"u8);
        writer.TryAddModel(default);
        writer.TryAddActivationCode(default);
        writer.TryFinish(out var length);
        var error = Car.TryWrap(bytes.AsSpan(0, length), Car.BlockLength, Car.SchemaVersion, out var car);
        Console.WriteLine($"{error} {car.SerialNumber} {FeedHandler.Sbe.SbeText.ToString(car.Manufacturer)}");
        """;

    [Fact]
    public void Package_compiles_a_schema_in_a_project_outside_of_the_repository()
    {
        var folder = Directory.CreateTempSubdirectory("sbe-package-").FullName;
        try
        {
            var repository = Repository();
            Run(repository, "pack", Path.Combine(repository, "Codecs/Sbe.Generator/Sbe.Generator.csproj"), "-c", "Release", "-v", "quiet", "-o", Path.Combine(folder, "feed"));
            File.WriteAllText(Path.Combine(folder, "Scratch.csproj"), Project);
            File.WriteAllText(Path.Combine(folder, "Program.cs"), Program);
            File.WriteAllText(Path.Combine(folder, "nuget.config"), """<configuration><packageSources><clear/><add key="local" value="feed"/></packageSources></configuration>""");
            foreach (var schema in new[] { "car.xml", "car-headers.xml" })
            {
                File.Copy(Path.Combine(AppContext.BaseDirectory, "Schemas", schema), Path.Combine(folder, schema));
            }

            Assert.Equal("None 1234 Honda", Run(folder, "run", "-c", "Release", "--project", folder).Trim());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Repository()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "FeedHandler.sln")))
        {
            directory = directory.Parent ?? throw new DirectoryNotFoundException("No FeedHandler.sln above the test");
        }

        return directory.FullName;
    }

    private static string Run(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}\n{output}\n{error.Result}");
        return output;
    }
}
